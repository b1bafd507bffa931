x = a & b ^ c | ~d << 2 ** -e // 3 % f
