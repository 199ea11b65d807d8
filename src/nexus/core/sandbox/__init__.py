"""Run code that reads hostile input in child processes that can be killed. `pool.Sandbox` is the way in.

Nothing is imported here: a child starts in milliseconds because it loads only what its job needs.
"""
