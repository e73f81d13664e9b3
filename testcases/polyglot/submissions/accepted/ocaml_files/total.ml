let of_list = List.fold_left ( + ) 0
