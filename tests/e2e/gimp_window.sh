# With a window manager: without one GTK's dialogs don't get the keyboard.
openbox &
until xprop -root _NET_SUPPORTING_WM_CHECK 2>/dev/null | grep -q "window id"; do sleep 0.1; done
exec dbus-run-session -- gimp -n -s --batch-interpreter=python-fu-eval -b "$DRIVER"
