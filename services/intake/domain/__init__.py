"""Pure rules of intake: what is accepted, what is refused and why, who may present which token."""
