"""Notification: writes notices in their recipients' languages and delivers them.

Reads `notice-commands`; writes `notices`. Its sender reads `notices` and reports to `notice-commands`.
Keeps: the language of each recipient, the notices that still wait for their sender, and the ids of the
last thirty days (about 0.4 KB each). A recipient that was never registered is written to in both languages.
"""
