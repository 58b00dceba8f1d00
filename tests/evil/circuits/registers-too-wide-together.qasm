OPENQASM 2.0;
include "qelib1.inc";
qreg a[20];
qreg b[7];
h a;
