# `cmake --install` puts program, assets, completion and manual page below a prefix; the program finds its assets from
# where it lies (priors/default_locations.h). `cpack -G DEB` makes a Debian package of the same.
include(GNUInstallDirs)

set(completion ${PROJECT_BINARY_DIR}/documents/maquette.bash)
set(manual ${PROJECT_BINARY_DIR}/documents/maquette.1)
add_custom_command(
  OUTPUT ${completion} ${manual}
  COMMAND ${CMAKE_COMMAND} -E make_directory ${PROJECT_BINARY_DIR}/documents
  COMMAND maquette_program completion > ${completion}
  COMMAND maquette_program manual > ${manual}
  DEPENDS maquette_program
  VERBATIM)
add_custom_target(maquette_documents ALL DEPENDS ${completion} ${manual})

install(TARGETS maquette_program RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
install(
  DIRECTORY assets/
  DESTINATION ${CMAKE_INSTALL_DATADIR}/maquette
  PATTERN reports EXCLUDE)
install(FILES LICENSE DESTINATION ${CMAKE_INSTALL_DOCDIR} RENAME copyright)
install(FILES README.md DESTINATION ${CMAKE_INSTALL_DOCDIR})
install(FILES ${completion} DESTINATION ${CMAKE_INSTALL_DATADIR}/bash-completion/completions RENAME maquette)
install(FILES ${manual} DESTINATION ${CMAKE_INSTALL_MANDIR}/man1)

set(CPACK_GENERATOR DEB)
set(CPACK_PACKAGE_NAME maquette)
set(CPACK_PACKAGE_CONTACT "The Maquette authors <maquette@localhost>")
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "reconstructs a 3D mesh from a photo by refining a prior shape")
set(CPACK_PACKAGING_INSTALL_PREFIX /usr)
set(CPACK_STRIP_FILES ON)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_SECTION graphics)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
# Loaded when they are needed, which no dependency of the program tells; without OpenBLAS the networks take several times as
# long.
set(CPACK_DEBIAN_PACKAGE_RECOMMENDS "libopenblas0, libgl1-mesa-dri, libegl1, fonts-dejavu-core")
include(CPack)
