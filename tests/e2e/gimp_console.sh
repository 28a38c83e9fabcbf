exec gimp-console -i -d -s --batch-interpreter=python-fu-eval -b "$DRIVER" --quit
