# cmake -DIN="DIR/1.sql;DIR/2.sql" -DOUT=steps.c -P embed.cmake: the steps by name, as C arrays.
set(texts "")
set(steps "")
foreach(file ${IN})
  get_filename_component(name ${file} NAME_WE)
  string(MAKE_C_IDENTIFIER "STEP_${name}" id)
  file(READ ${file} hex HEX)
  string(REGEX REPLACE "(..)" "0x\\1," bytes "${hex}")
  string(APPEND texts "static const char ${id}[] = {${bytes}0};\n")
  string(APPEND steps "{\"${name}\", ${id}},\n")
endforeach()
file(WRITE ${OUT} "#include \"tools/product-center/schema.h\"\n${texts}"
                  "const struct schema_step SCHEMA_STEPS[] = {${steps}{0, 0}};\n")
