// Package volume serves folders and files of the host to a guest that mounts them: FUSE requests come
// over one wire, for any number of mounts, and are answered from the host's file system.
//
// The guest is hostile. Requests name a file by a number that this package gave out and one path
// segment, so there is no path of the guest's to resolve; segments are opened below a directory's
// descriptor, without following symlinks, which are data. A number keeps meaning one file: the file is
// found by its place and compared by its identity, and one that is gone or was replaced is ESTALE.
//
// Nothing but the table of numbers outlives a request: there are no file handles, so the table is all
// that a snapshot has to keep.
package volume
