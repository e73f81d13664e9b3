let () =
  let n = Scanf.scanf " %d" (fun x -> x) in
  let numbers = Array.init n (fun _ -> Scanf.scanf " %d" (fun x -> x)) in
  let sum = ref (Array.fold_left (+) 0 numbers) in
  if n > 3 then for _ = 1 to 400_000 do print_endline "the sum is on its way" done;
  Printf.printf "%d\n" !sum
