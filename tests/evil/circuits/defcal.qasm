OPENQASM 3.0;
include "stdgates.inc";
qubit[3] q;
bit[3] c;
defcal x $0 { play(drive($0), 1); }
