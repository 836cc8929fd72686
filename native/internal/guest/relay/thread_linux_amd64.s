#include "textflag.h"

#define SYS_clone 56
#define SYS_exit 60

// func clone(flags uintptr, stack, entry, argument unsafe.Pointer) uintptr
TEXT ·clone(SB), NOSPLIT, $0-40
	MOVQ flags+0(FP), DI
	MOVQ stack+8(FP), SI
	MOVQ entry+16(FP), R12
	MOVQ argument+24(FP), R13
	MOVQ $0, DX
	MOVQ $0, R10
	MOVQ $0, R8
	MOVQ $SYS_clone, AX
	SYSCALL
	CMPQ AX, $0
	JEQ  child
	MOVQ AX, ret+32(FP)
	RET

child:
	// As Go's functions expect it: the first argument in AX, X15 zero.
	MOVQ  R13, AX
	XORPS X15, X15
	CALL  R12
	MOVQ  $0, DI
	MOVQ  $SYS_exit, AX
	SYSCALL
	INT   $3
