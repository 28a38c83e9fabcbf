"""What Belladonna needs of the computer: its folders, files, locks and processes."""
