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

}  // namespace steady::lab
