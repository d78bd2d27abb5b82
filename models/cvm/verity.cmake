# dm-verity: superblock, tree, verified reads.
set(here ${CMAKE_CURRENT_LIST_DIR})
assay_library(verity ${here}/verity_device.cpp ${here}/verity_superblock.cpp ${here}/verity_tree.cpp)
target_link_libraries(assay_verity PUBLIC assay_base assay_crypto)
assay_test(verity_test ${here}/verity_test.cpp ${here}/verity_volume_test.cpp ${here}/verity_peer_test.cpp
  LINKS assay_verity nlohmann_json::nlohmann_json)
