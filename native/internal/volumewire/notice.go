package volumewire

// A change that the host's own programs have made is told to the relay, which has the guest's kernel forget
// what it knows and then does to the mount what those programs did to the folder: that is what makes the
// kernel tell the guest's programs. Such requests carry a group as their mark, and change nothing.
const (
	// CodeChanged begins a Change, in the body of a message to the relay, which answers it with OpNoted.
	CodeChanged = 1002
	OpNoted     = OpHeld + 1

	GroupTouch  = 1<<31 + 0x6d01 // of SETATTR: the attributes are told
	GroupMake   = 1<<31 + 0x6d02 // of LOOKUP: there is no such name yet; of making one: what is there is told
	GroupRemove = 1<<31 + 0x6d03 // of LOOKUP: there is still such a file; of removing it: it is gone
	GroupRmdir  = 1<<31 + 0x6d04 // the same of a folder
)

// Bits of Change.What.
const (
	ChangeRemoved = 1 << iota
	ChangeMade
	ChangeContent
	ChangeWritten // and closed
	ChangeAttributes
	ChangeFolder // what was removed was a folder
)

const (
	// ChangeBytes is a Change without its name, which follows.
	ChangeBytes = 4 + 4 + 8 + 8 + 8
	// In the body: What, and of what was made the bits of S_IFMT, then numbers of files; 0: unknown to the
	// guest.
	ChangeWhatAt   = 0
	ChangeKindAt   = 4
	ChangeFolderAt = 8
	ChangeOldAt    = 16 // had the name
	ChangeNewAt    = 24 // has it
)
