"""The outside world of notification: template files in, webhooks out."""
