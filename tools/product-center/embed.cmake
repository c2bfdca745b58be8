# cmake -DIN=schema.sql -DOUT=schema.c -P embed.cmake: the text as a C array.
file(READ ${IN} hex HEX)
string(REGEX REPLACE "(..)" "0x\\1," bytes "${hex}")
file(WRITE ${OUT} "#include \"tools/product-center/schema.h\"\nconst char SCHEMA_SQL[] = {${bytes}0};\n")
