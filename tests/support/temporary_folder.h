#pragma once

#include "render/io/temporary_folder.h"

namespace maquette::test {

using render::TemporaryFolder;

}  // namespace maquette::test
