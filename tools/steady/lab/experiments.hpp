// The measured experiments, by the id of their claim.
#pragma once

#include "tools/steady/lab/experiment.hpp"

namespace steady::lab {

// growth.cpp
finding m23(const workbench& bench);
finding m24(const workbench& bench);
finding m25(const workbench& bench);
finding m26(const workbench& bench);
finding m27(const workbench& bench);
finding m28(const workbench& bench);
finding m29(const workbench& bench);
finding m30(const workbench& bench);
finding m32(const workbench& bench);
finding m34(const workbench& bench);
finding m35(const workbench& bench);
finding m40(const workbench& bench);
finding m41(const workbench& bench);
finding m43(const workbench& bench);

// loops.cpp
finding m39(const workbench& bench);
finding m53(const workbench& bench);
finding m55(const workbench& bench);
finding m56(const workbench& bench);
finding m57(const workbench& bench);
finding m60(const workbench& bench);
finding m63(const workbench& bench);
finding m64(const workbench& bench);

// clear_in_loop.cpp
finding m58(const workbench& bench);

// layout.cpp
finding m5(const workbench& bench);
finding m6(const workbench& bench);
finding m7(const workbench& bench);
finding m8(const workbench& bench);
finding m16(const workbench& bench);

// tophash.cpp
finding m14(const workbench& bench);
finding m15(const workbench& bench);

// deletion.cpp
finding m20(const workbench& bench);
finding m21(const workbench& bench);
finding m22(const workbench& bench);
finding m45(const workbench& bench);
finding m46(const workbench& bench);
finding m47(const workbench& bench);
finding m86(const workbench& bench);
finding m87(const workbench& bench);
finding m88(const workbench& bench);
finding m89(const workbench& bench);
finding m90(const workbench& bench);
finding m91(const workbench& bench);

// memory.cpp
finding m66(const workbench& bench);
finding m71(const workbench& bench);
finding m72(const workbench& bench);
finding m100(const workbench& bench);

// throughput.cpp
finding m52(const workbench& bench);
finding m85(const workbench& bench);
finding m103(const workbench& bench);
finding m104(const workbench& bench);

// probes.cpp
finding m74(const workbench& bench);
finding m76(const workbench& bench);
finding m78(const workbench& bench);
finding m79(const workbench& bench);

// load_factor.cpp
finding m80(const workbench& bench);
finding m108(const workbench& bench);

// channels.cpp
finding m115(const workbench& bench);
finding m116(const workbench& bench);
finding m117(const workbench& bench);
finding m118(const workbench& bench);
finding m119(const workbench& bench);
finding m120(const workbench& bench);
finding m121(const workbench& bench);
finding m122(const workbench& bench);

// selects.cpp
finding m123(const workbench& bench);
finding m124(const workbench& bench);
finding m125(const workbench& bench);

// sharing.cpp
finding m92(const workbench& bench);
finding m96(const workbench& bench);
finding m97(const workbench& bench);
finding m98(const workbench& bench);

// heaps.cpp
finding m33(const workbench& bench);
finding m102(const workbench& bench);
finding m112(const workbench& bench);
finding m126(const workbench& bench);

// slices.cpp
finding m109(const workbench& bench);
finding m110(const workbench& bench);
finding m111(const workbench& bench);
finding m113(const workbench& bench);
finding m114(const workbench& bench);

}  // namespace steady::lab
