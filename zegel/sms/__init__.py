"""SMS: their text, and the gateways that take them. Small, pure where it can be, nothing of mails or databases."""
