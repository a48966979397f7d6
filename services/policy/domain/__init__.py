"""Policy's rules, pure: evaluation of applications (`kernel`, `evaluation`) and batches of approvals (`batching`)."""
