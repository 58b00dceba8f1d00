OPENQASM 3.0;
include "stdgates.inc";
input float t;
gate g0(t) a { rx(t) a; }
gate g1(t) a { g0(t + t) a; }
gate g2(t) a { g1(t + t) a; }
gate g3(t) a { g2(t + t) a; }
gate g4(t) a { g3(t + t) a; }
gate g5(t) a { g4(t + t) a; }
gate g6(t) a { g5(t + t) a; }
gate g7(t) a { g6(t + t) a; }
gate g8(t) a { g7(t + t) a; }
gate g9(t) a { g8(t + t) a; }
gate g10(t) a { g9(t + t) a; }
gate g11(t) a { g10(t + t) a; }
gate g12(t) a { g11(t + t) a; }
gate g13(t) a { g12(t + t) a; }
gate g14(t) a { g13(t + t) a; }
gate g15(t) a { g14(t + t) a; }
gate g16(t) a { g15(t + t) a; }
gate g17(t) a { g16(t + t) a; }
gate g18(t) a { g17(t + t) a; }
gate g19(t) a { g18(t + t) a; }
gate g20(t) a { g19(t + t) a; }
gate g21(t) a { g20(t + t) a; }
gate g22(t) a { g21(t + t) a; }
gate g23(t) a { g22(t + t) a; }
gate g24(t) a { g23(t + t) a; }
qubit[1] q;
g24(t) q[0];
