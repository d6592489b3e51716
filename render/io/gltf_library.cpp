// The glTF library's one implementation; see this folder's CMakeLists.txt for why it is not taken from its package.
#define TINYGLTF_IMPLEMENTATION
#include <tiny_gltf.h>
