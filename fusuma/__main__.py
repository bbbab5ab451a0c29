"""``python -m fusuma`` is the same as ``fusuma``."""

from fusuma.command import main

if __name__ == "__main__":
    main()
