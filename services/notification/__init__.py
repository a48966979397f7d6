"""Notification: writes notices in their recipients' languages and delivers them.

Reads:  `notice-commands`; `notices`, by its sender; `operator-acts` that concern its rows and parked keys.
Writes: `notices`; `notice-commands`, by its sender, which reports what became of each.
Keeps:  the language of each recipient, the notices that still wait for their sender, and the ids of the
last thirty days (about 0.4 KB each). A recipient that was never registered is written to in both languages.
"""
