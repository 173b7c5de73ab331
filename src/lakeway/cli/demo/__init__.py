"""`lakeway demo`: an emulated workspace, a gateway, and the calls of the quick start, shown as they run.

Every piece of code on the screen is the source of the function that has just been run.
"""

from lakeway.cli.demo.command import demo

__all__ = ["demo"]
