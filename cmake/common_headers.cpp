// Nothing: the target around it precompiles the headers that most sources include (Assay.cmake).
