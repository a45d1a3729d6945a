"""``python -m mlnc`` is the command."""

from verify.cli import main

if __name__ == "__main__":
    main()
