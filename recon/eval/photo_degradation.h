#pragma once

#include "recon/data/random_stream.h"
#include "recon/refine/view.h"

namespace maquette::recon {

/// Makes a rendered view what cut-out photographs are: other colours, blur, noise, JPEG, a mask that is ragged, has
/// lost a piece or keeps some of the background. Sizes stay; the camera stays true. view: square, camera set or not.
void degrade_photo(View& view, RandomStream& random);

/// Cuts the view anew, a little larger or smaller and off the centre, as a crop around an imperfect mask comes out.
/// The camera follows.
void recrop(View& view, RandomStream& random);

}  // namespace maquette::recon
