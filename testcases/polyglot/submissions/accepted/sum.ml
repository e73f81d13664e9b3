let () =
  let n = Scanf.scanf " %d" (fun x -> x) in
  let numbers = Array.init n (fun _ -> Scanf.scanf " %d" (fun x -> x)) in
  let sum = ref (Array.fold_left (+) 0 numbers) in
  Printf.printf "%d\n" !sum
