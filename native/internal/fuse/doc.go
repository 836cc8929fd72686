// Package fuse is the wire of FUSE as Linux speaks it (7.36 and later), whatever this process runs
// on: the kernel at the other end is the guest's. Requests are hostile: every one is taken apart with
// its length checked, and nothing is kept of its bytes.
package fuse
