"""The command line `signalbox`: a module for each command or group of commands.

Exit status: 0 done and well; 1 done, and something is wrong with what was looked at; 2 not done.
"""
