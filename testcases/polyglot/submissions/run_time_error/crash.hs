import Control.Monad (when)

main :: IO ()
main = do
  numbers <- map read . words <$> getContents :: IO [Integer]
  let n = fromIntegral (head numbers) :: Int
      total = sum (take n (tail numbers))
  when (n > 3) $ print (head (drop (n + 1000) numbers))
  print total
