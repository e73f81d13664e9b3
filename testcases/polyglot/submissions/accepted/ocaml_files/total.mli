val of_list : int list -> int
