"""`python -m lakeway` is the `lakeway` command."""

from lakeway.cli import main

if __name__ == "__main__":
    main()
