let () = print_int ("forty-two" + 1)
