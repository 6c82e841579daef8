// Package onair is the locker as it is installed, on the air: the agent's program, a cabinet on a serial line, the network's
// end of its line, and phones that come by Bluetooth. It has tests alone.
//
// They run on two airs. `make test` has the simulated BlueZ of sim/radio. `make test-bluez` has the real one, with a Linux
// kernel and two virtual controllers, in a virtual machine. docs/bluetooth.md says what each can show.
package onair
