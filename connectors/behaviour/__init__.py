"""Tools that tell what people do on pages and in apps."""
