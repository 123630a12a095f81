"""What a newcomer does wrong in a framework, and what is said: all of it, word by word.

More mistakes have a file each in `tests/data/frameworks/bad`.
"""

from pathlib import Path

import pytest

from tests.integration.newcomers.saying import EMPTY, Say

QUESTION = 'when: event.kind == "support.contact"'
PLACE = "place: get-help/ask/first-question"
STAGE_OWNER = "owner: service                  #"
TOPIC = "topic: helpdesk.events"
FRAMEWORK = [
    (
        "a line that is one space off",
        ("    owner: service\n    stages", "   owner: service\n    stages"),
        (
            'error framework.yaml:22:4: an entry of this list must begin with "- ", indented like '
            "the others"
        ),
    ),
    (
        "a tab",
        ("    owner: service\n    stages", "\towner: service\n    stages"),
        "error framework.yaml:22:1: a tab is used for indentation; YAML allows only spaces there",
    ),
    (
        "a field that is there twice",
        ("    owner: service\n    stages", "    owner: service\n    owner: service\n    stages"),
        'error framework.yaml:23:5: field "owner" is here twice, first in line 22',
    ),
    (
        "a field that is misspelt",
        ("touchpoints:  ", "touch_points:  "),
        'error framework.yaml:28:9: unknown field "touch_points"; did you mean "touchpoints"?',
    ),
    (
        "a touchpoint that is misspelt",
        (PLACE, "place: get-help/ask/first-qestion"),
        (
            'error framework.yaml:57:12: unknown touchpoint "get-help/ask/first-qestion"; did you '
            'mean "get-help/ask/first-question"?'
        ),
    ),
    (
        "a touchpoint without its path",
        (PLACE, "place: first-question"),
        (
            'error framework.yaml:57:12: unknown touchpoint "first-question"; did you mean '
            '"get-help/ask/first-question"?'
        ),
    ),
    (
        "two owners",
        (STAGE_OWNER, "owner: [service, sales]         #"),
        (
            'error framework.yaml:26:16: field "owner" is not accepted: exactly one team answers; '
            "name the others of a stage in contributing"
        ),
    ),
    (
        "a team that is misspelt",
        (STAGE_OWNER, "owner: servcie                  #"),
        'error framework.yaml:26:16: unknown team "servcie"; did you mean "service"?',
    ),
    (
        "an objective as a fraction",
        ("at_least: 80", "at_least: 0.8"),
        "warning framework.yaml:46:15: 0.8 means 0.8 %; for 80 % write 80",
    ),
    (
        "an objective with its unit",
        ("at_least: 80", "at_least: 80 %"),
        'error framework.yaml:46:15: field "at_least" must be a number, without quotes or unit',
    ),
    (
        "an objective in another unit",
        ("at_least: 80", "at_least: 800"),
        "error framework.yaml:46:15: formula csat is a share in percent: between 0 and 100",
    ),
    (
        "a window in words",
        ("window: 7d", "window: 7 days"),
        (
            'error framework.yaml:47:13: field "window" is not accepted: a duration is a whole '
            "number and one of s, m, h, d, w, such as 7d"
        ),
    ),
    (
        "an unknown formula",
        ("formula: csat", "formula: cast"),
        (
            'error framework.yaml:39:14: field "formula" must be count, rate, ratio, mean, sum, '
            'nps, csat or ces; did you mean "csat"?'
        ),
    ),
    (
        "a kind that is misspelt",
        (QUESTION, QUESTION.replace("support", "suport")),
        (
            'error framework.yaml:56:25: no event is of kind "suport.contact": own kinds begin '
            'with x.; did you mean "support.contact"?'
        ),
    ),
    (
        "a kind without quotation marks",
        (QUESTION, "when: event.kind == support.contact"),
        (
            "error framework.yaml:56:25: support is not known: a kind is text and stands in "
            "quotation marks"
        ),
    ),
    (
        "a field of the event that is misspelt",
        (QUESTION, QUESTION.replace("kind", "kid")),
        'error framework.yaml:56:17: an event has no field kid; did you mean "event.kind"?',
    ),
    (
        "one equals sign",
        (QUESTION, QUESTION.replace("==", "=")),
        'error framework.yaml:56:22: = alone means nothing here; did you mean "=="?',
    ),
    (
        "and in words",
        (QUESTION, f'{QUESTION} and event.text == ""'),
        'error framework.yaml:56:43: and cannot stand here; did you mean "&&"?',
    ),
    (
        "a touchpoint without a rule",
        (f"  - id: question\n    {QUESTION}\n    {PLACE}\n", ""),
        'warning framework.yaml:29:17: no rule places events at touchpoint "first-question"',
    ),
    (
        "a rule that is copied",
        ("  - id: answer-rated\n    when", "  - id: question\n    when"),
        'error framework.yaml:58:9: another rule has the id "question"; see framework.yaml:55',
    ),
    (
        "a detector at a journey",
        ("stage: get-help/ask", "stage: get-help"),
        'error framework.yaml:71:12: "get-help" is a journey; this must be a stage',
    ),
    (
        "a connector that is misspelt",
        ("connector: canonical ", "connector: zendsk "),
        'error framework.yaml:79:16: unknown connector "zendsk"; did you mean "zendesk"?',
    ),
    (
        "a start in words",
        ("    # start: earliest", "    start: yesterday  #"),
        (
            'error framework.yaml:82:12: "yesterday" is no start: write earliest, latest or a date '
            "such as 2025-01-31"
        ),
    ),
    (
        "a colon within text",
        ("title: I need help", "title: I need help: now"),
        (
            'error framework.yaml:21:23: ": " is not expected here; check the indentation; if it '
            "is inside text, put the whole value in single quotes, or write it below after |"
        ),
    ),
    (
        "a source without a topic",
        (f"    {TOPIC}\n", ""),
        'error framework.yaml:78:5: missing field "topic": the topic that is read',
    ),
    (
        "two sources on a topic",
        ("sources:\n", f"sources:\n  - {{id: a, connector: zendesk, system: z, {TOPIC}}}\n"),
        (
            'error framework.yaml:82:12: another source reads the topic "helpdesk.events"; see '
            "framework.yaml:78"
        ),
    ),
    (
        "an option that the connector does not have",
        (TOPIC, f"{TOPIC}\n    region: eu"),
        (
            'error framework.yaml:82:5: unknown field "region"; known here: attributes, connector, '
            "customer, envelope, expect_every, id, ignore, start, system, text, topic"
        ),
    ),
    (
        "an envelope that is misspelt",
        (TOPIC, f"{TOPIC}\n    envelope: debezum"),
        (
            'error framework.yaml:82:15: field "envelope" must be plain, array, cloudevents, '
            "compressed, debezium, eventbridge, form, kafka_connect, schema_registry or text; did "
            'you mean "debezium"?'
        ),
    ),
    (
        "a length of time in minutes",
        (TOPIC, f"{TOPIC}\n    expect_every: 30min"),
        (
            'error framework.yaml:82:19: field "expect_every" is not accepted: a duration is a '
            "whole number and one of s, m, h, d, w, such as 30m"
        ),
    ),
    (
        "no time at all",
        ("check_every: 6h", "check_every: 0h"),
        (
            'error framework.yaml:48:18: field "check_every" is not accepted: a duration is longer '
            "than nothing, such as 1h"
        ),
    ),
    (
        "a time zone as a difference",
        ("timezone: Europe/Berlin", "timezone: GMT+1"),
        'error framework.yaml:8:11: unknown time zone "GMT+1"; write it as Europe/Berlin or UTC',
    ),
    (
        "stages that are no list",
        ("      - id: ask", "        id: ask"),
        'error framework.yaml:24:9: field "stages" must be a list; begin each entry with "- "',
    ),
    (
        "not in words",
        (QUESTION, 'when: not "vip" in event.tags'),
        'error framework.yaml:56:11: not cannot stand here; did you mean "!"?',
    ),
    (
        "curly quotation marks",
        (QUESTION, "when: event.kind == “support.contact”"),
        (
            "error framework.yaml:56:25: “ is a curly quotation mark: write a straight one, as in "
            "a program"
        ),
    ),
    (
        "a word's end with one backslash",
        (QUESTION, r'when: event.text.matches("parcel\b")'),
        (
            "error framework.yaml:56:30: the pattern cannot be read: it has a backspace in it; for "
            r"where a word begins or ends write \\b"
        ),
    ),
    (
        "days as a duration",
        (QUESTION, 'when: history.count("support.contact", duration("30d")) == 3'),
        (
            'error framework.yaml:56:53: the text is not a length of time such as "24h" or '
            '"1h30m"; for days, days(30)'
        ),
    ),
    (
        "a score as text",
        (QUESTION, 'when: event.score > "3"'),
        "error framework.yaml:56:23: > never compares a decimal number with text",
    ),
    (
        "a rule at a stage",
        (PLACE, "place: get-help/ask"),
        (
            'error framework.yaml:57:12: "get-help/ask" is a stage; this must be a touchpoint, '
            "such as get-help/ask/answer-rated"
        ),
    ),
    (
        "a ratio of nothing",
        ("formula: csat", "formula: ratio"),
        'error framework.yaml:37:5: formula ratio needs the field "per"',
    ),
    (
        "both sides of an objective",
        ("at_least: 80 ", "at_most: 90\n    at_least: 80 "),
        'error framework.yaml:46:5: only one of "at_least" and "at_most"',
    ),
    (
        "an anchor",
        ("teams:", "teams: &all"),
        (
            "error framework.yaml:12:8: anchors (&name) are not read here; if it is text, put it "
            "in quotes"
        ),
    ),
]


@pytest.mark.parametrize(
    ("edit", "told"), [row[1:] for row in FRAMEWORK], ids=[r[0] for r in FRAMEWORK]
)
def test_a_mistake_in_the_framework_is_said_with_its_place(
    say: Say, tmp_path: Path, edit: tuple[str, str], told: str
) -> None:
    text = (EMPTY / "framework.yaml").read_text()
    assert edit[0] in text
    (tmp_path / "framework.yaml").write_text(text.replace(*edit, 1))
    first, second = say("validate", ".").splitlines()
    assert first == told
    ending = "1 error." if told.startswith("error") else ". can be applied: 1 journey, 1 stage, "
    assert second.startswith(ending)
