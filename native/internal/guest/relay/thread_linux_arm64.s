#include "textflag.h"

#define SYS_clone 220
#define SYS_exit 93

// func clone(flags uintptr, stack, entry, argument unsafe.Pointer) uintptr
TEXT ·clone(SB), NOSPLIT|NOFRAME, $0-40
	MOVD flags+0(FP), R0
	MOVD stack+8(FP), R1
	MOVD entry+16(FP), R10
	MOVD argument+24(FP), R11
	MOVD $0, R2
	MOVD $0, R3
	MOVD $0, R4
	MOVD $SYS_clone, R8
	SVC
	CBZ  R0, child
	MOVD R0, ret+32(FP)
	RET

child:
	// As Go's functions expect it: the first argument in R0.
	MOVD R11, R0
	CALL (R10)
	MOVD $0, R0
	MOVD $SYS_exit, R8
	SVC
	BRK
