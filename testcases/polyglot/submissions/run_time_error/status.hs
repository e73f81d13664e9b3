import Control.Monad (when)
import System.Exit

main :: IO ()
main = do
  numbers <- map read . words <$> getContents :: IO [Integer]
  let n = fromIntegral (head numbers) :: Int
      total = sum (take n (tail numbers))
  when (n > 3) $ print total >> exitWith (ExitFailure 3)
  print total
