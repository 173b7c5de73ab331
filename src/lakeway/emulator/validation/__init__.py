"""What each surface accepts, checked from the wire specification and not from Lakeway's translators."""
