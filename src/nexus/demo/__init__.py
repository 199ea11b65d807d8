"""Hollin & Vane Pumps, a made-up company to try Nexus with: its people, its documents and questions about them.

Pure data: nothing here knows how the rest of Nexus stores or searches it.
"""
