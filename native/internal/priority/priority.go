// Package priority makes processes step back for others and return, which nice values do not allow
// without privileges.
package priority

// Lower gives the session of a process a third of the usual weight until Restore. Where the kernel
// knows no such weights nothing happens.
func Lower(pid int) { lower(pid) }

// Restore gives it the normal weight.
func Restore(pid int) { restore(pid) }
