// Package cuts takes from a locker what it lives on: its power, its disk, its network. It has a real agent with its journal on a real disk, the driver of its lock boards on
// a serial line with real bytes on it, before the cabinet's doors. It has tests alone. docs/power-cuts.md says, arrow by arrow,
// what is on the disk then and what the next start makes of it; matrix_test.go goes through all of that, for each dialect of lock
// boards, with the doors in each position. killed_test.go does it to the program as a process;
// alone_test.go leaves a locker without a line for a month, and gives it back to it.
package cuts
