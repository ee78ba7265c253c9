"""`zegel setup` and `zegel remove`: what puts Zegel to work on a mail server, and takes it off again."""
