OPENQASM 2.0;
include "qelib1.inc";
gate b0 a { }
gate b1 a { b0 a; b0 a; }
gate b2 a { b1 a; b1 a; }
gate b3 a { b2 a; b2 a; }
gate b4 a { b3 a; b3 a; }
gate b5 a { b4 a; b4 a; }
gate b6 a { b5 a; b5 a; }
gate b7 a { b6 a; b6 a; }
gate b8 a { b7 a; b7 a; }
gate b9 a { b8 a; b8 a; }
gate b10 a { b9 a; b9 a; }
gate b11 a { b10 a; b10 a; }
gate b12 a { b11 a; b11 a; }
gate b13 a { b12 a; b12 a; }
gate b14 a { b13 a; b13 a; }
gate b15 a { b14 a; b14 a; }
gate b16 a { b15 a; b15 a; }
gate b17 a { b16 a; b16 a; }
gate b18 a { b17 a; b17 a; }
gate b19 a { b18 a; b18 a; }
gate b20 a { b19 a; b19 a; }
gate b21 a { b20 a; b20 a; }
gate b22 a { b21 a; b21 a; }
gate b23 a { b22 a; b22 a; }
gate b24 a { b23 a; b23 a; }
gate b25 a { b24 a; b24 a; }
gate b26 a { b25 a; b25 a; }
gate b27 a { b26 a; b26 a; }
gate b28 a { b27 a; b27 a; }
gate b29 a { b28 a; b28 a; }
gate b30 a { b29 a; b29 a; }
gate b31 a { b30 a; b30 a; }
gate b32 a { b31 a; b31 a; }
gate b33 a { b32 a; b32 a; }
gate b34 a { b33 a; b33 a; }
gate b35 a { b34 a; b34 a; }
gate b36 a { b35 a; b35 a; }
gate b37 a { b36 a; b36 a; }
gate b38 a { b37 a; b37 a; }
gate b39 a { b38 a; b38 a; }
qreg q[1];
b39 q[0];
